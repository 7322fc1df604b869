"""The table of corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), unique=True, nullable=False),
        sa.Column("pixels", sa.LargeBinary, nullable=False),
        sa.Column("label", sa.SmallInteger, nullable=False),
        sa.Column("said", sa.SmallInteger),
        sa.Column("confidence", sa.Double),
        sa.Column("model", sa.String(200)),
        sa.Column("note", sa.String(200)),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Remove it, and all that is in it."""
    op.drop_table("corrections")
