"""Feishu's client and adapter against the stand-in, over real HTTP."""
