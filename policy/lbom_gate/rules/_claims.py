"""Which claims about quantization the policy lets count."""

from __future__ import annotations

from collections.abc import Sequence

from lbom_gate.model import Claim, Settings


def counted(claims: Sequence[Claim], settings: Settings) -> list[Claim]:
    """Return the claims from places that `quantization.claim-must-match` names; by default all."""
    sources = settings.claim_must_match
    return [claim for claim in claims if sources is None or sources.names(claim.source)]
