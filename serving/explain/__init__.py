"""Why a score is what it is: contributions, reasons in words, what-if."""
