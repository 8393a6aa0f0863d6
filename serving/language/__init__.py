"""What Stayline says to people: the texts, the names of things, and how numbers and dates are written.

`LanguageCode` in `catalogue.py` lists the languages. The page's switch, the answers of the API and the
options of the command line follow it; `CONTRIBUTING.md` has the recipe for a further one.
"""
