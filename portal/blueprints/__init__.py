"""The entrances: one folder a page family, forms.py and views.py in each."""
