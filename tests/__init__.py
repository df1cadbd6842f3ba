"""The tests mirror the package portal."""
