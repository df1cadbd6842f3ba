"""Tests of portal.blueprints.dingtalk."""
