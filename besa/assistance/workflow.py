"""The life of a referral."""

from besa.lib.workflow import Workflow

REFERRAL = Workflow(
    "referral",
    "offered",
    {
        "offered": {"accept": "accepted", "decline": "declined", "expire": "expired", "revoke": "revoked"},
        "accepted": {"finish": "done", "revoke": "revoked"},
    },
)
OPEN = tuple(REFERRAL.moves)  # the states in which something may still happen
