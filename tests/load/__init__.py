"""Figures: how fast, how many queries, how many calls; ratios to a bare page of the same run."""
