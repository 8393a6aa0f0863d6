"""What Stayline says to people: the texts, the names of things, and how numbers and dates are written.

To add a language:

1. ``serving/language/catalogue.py``: write its ISO 639 code into ``LanguageCode``.
2. ``serving/language/*.yaml``: give every text a line of that code.
3. ``serving/ui/texts/<code>.json``: translate every text of ``en.json``, the page's own texts.
4. ``training/report/locale/<code>/report.po``: translate the prose of the report (a copy of another
   language's file with empty ``msgstr`` is where to begin).
5. ``pytest tests/serving/language tests/serving/ui tests/training/report -m "not slow"``: each text that is
   still missing is named, with its file and the language.

Nothing else lists the languages. The page's switch, the answers of the API and the options of the command
line follow ``LanguageCode``.
"""
