"""The pages as people meet them: real processes, Debian's chromium, with and without scripts."""
