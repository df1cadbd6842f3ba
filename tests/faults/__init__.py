"""Real processes, killed and cut off; the sandbox's own store is the judge."""
