"""The chapters of CRISP-DM: each module gives its title and what its template shows."""
