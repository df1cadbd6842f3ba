"""Attacks: each test is one that did, or would, get through."""
