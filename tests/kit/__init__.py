"""Tests of portal.kit."""
