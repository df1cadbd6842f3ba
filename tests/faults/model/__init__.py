"""The model check: random acts on a small company, compared with a plain model after each."""
