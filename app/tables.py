"""Every table, imported once: for alembic, for `audit`, and for whoever wants to see them all."""

from sqlmodel import SQLModel

from app.changes import models as changes
from app.commitments import models as commitments
from app.digests import models as digests
from app.effectiveness import models as effectiveness
from app.escalations import models as escalations
from app.files import models as files
from app.ingest import models as ingest
from app.ledger import models as ledger
from app.notices import models as notices
from app.plans import models as plans
from app.workspaces import models as workspaces

metadata = SQLModel.metadata

modules = (ledger, workspaces, commitments, files, notices, ingest, plans, changes, effectiveness, escalations, digests)
"""Named, so that no tool takes the imports for unused and alembic for dropped tables."""
