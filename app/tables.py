"""Every table, imported once: for alembic, for `audit`, and for whoever wants to see them all."""

from sqlmodel import SQLModel

from app.commitments import models as commitments
from app.ingest import models as ingest
from app.ledger import models as ledger
from app.notices import models as notices
from app.plans import models as plans
from app.workspaces import models as workspaces

metadata = SQLModel.metadata

modules = (ledger, workspaces, commitments, notices, ingest, plans)
"""Named, so that no tool takes the imports for unused and alembic for dropped tables."""
