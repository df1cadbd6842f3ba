"""The rules of tickets and approvals, in our own words: no request, no provider's vocabulary."""
