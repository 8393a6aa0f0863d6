"""The one module that Feast's command line reads (see `.feastignore`).

Feast imports every file it finds under a module name of its own. So a view read from `views.py` and imported
again by `services.py` would be two views of one name, which `feast plan` refuses.
"""

from __future__ import annotations

from feast import Project

from feature_repo.entities import customer
from feature_repo.services import churn_v1
from feature_repo.views import billing, demographics, services, tickets

__all__ = ["billing", "churn_v1", "customer", "demographics", "services", "stayline", "tickets"]

stayline = Project(name="stayline", description="Which customers are about to leave, why, and what to offer.")
