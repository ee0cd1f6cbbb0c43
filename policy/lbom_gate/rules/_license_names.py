"""Names of licences that models state and SPDX does not spell, and those that forbid commerce."""

from __future__ import annotations

import re
from collections.abc import Mapping

# The identifiers that a model card may state, and the identifier of SPDX's list 3.27 for the same
# licence; None where that list has none, as for a family of licences. Source: the Hub's
# documentation, "Licenses" (huggingface.co/docs/hub/repositories-licenses), in its order. What
# it calls `unknown` and `other` is no name of a licence.
HUGGING_FACE: Mapping[str, str | None] = {
    "apache-2.0": "Apache-2.0",
    "mit": "MIT",
    "openrail": None,
    "bigscience-openrail-m": None,
    "creativeml-openrail-m": None,
    "bigscience-bloom-rail-1.0": None,
    "bigcode-openrail-m": None,
    "afl-3.0": "AFL-3.0",
    "artistic-2.0": "Artistic-2.0",
    "bsl-1.0": "BSL-1.0",
    "bsd": None,
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-3-clause-clear": "BSD-3-Clause-Clear",
    "c-uda": "C-UDA-1.0",
    "cc": None,
    "cc0-1.0": "CC0-1.0",
    "cc-by-2.0": "CC-BY-2.0",
    "cc-by-2.5": "CC-BY-2.5",
    "cc-by-3.0": "CC-BY-3.0",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-sa-3.0": "CC-BY-SA-3.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "cc-by-nc-2.0": "CC-BY-NC-2.0",
    "cc-by-nc-3.0": "CC-BY-NC-3.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc-by-nd-4.0": "CC-BY-ND-4.0",
    "cc-by-nc-nd-3.0": "CC-BY-NC-ND-3.0",
    "cc-by-nc-nd-4.0": "CC-BY-NC-ND-4.0",
    "cc-by-nc-sa-2.0": "CC-BY-NC-SA-2.0",
    "cc-by-nc-sa-3.0": "CC-BY-NC-SA-3.0",
    "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0",
    "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "wtfpl": "WTFPL",
    "ecl-2.0": "ECL-2.0",
    "epl-1.0": "EPL-1.0",
    "epl-2.0": "EPL-2.0",
    "etalab-2.0": "etalab-2.0",
    "eupl-1.1": "EUPL-1.1",
    "eupl-1.2": "EUPL-1.2",
    "agpl-3.0": "AGPL-3.0-only",
    "gfdl": None,
    "gpl": None,
    "gpl-2.0": "GPL-2.0-only",
    "gpl-3.0": "GPL-3.0-only",
    "lgpl": None,
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "isc": "ISC",
    "h-research": None,
    "intel-research": None,
    "lppl-1.3c": "LPPL-1.3c",
    "ms-pl": "MS-PL",
    "apple-ascl": None,
    "apple-amlr": None,
    "mpl-2.0": "MPL-2.0",
    "odc-by": "ODC-By-1.0",
    "odbl": "ODbL-1.0",
    "openmdw-1.0": None,
    "openmdw-1.1": None,
    "openrail++": None,
    "osl-3.0": "OSL-3.0",
    "postgresql": "PostgreSQL",
    "ofl-1.1": "OFL-1.1",
    "ncsa": "NCSA",
    "unlicense": "Unlicense",
    "zlib": "Zlib",
    "pddl": "PDDL-1.0",
    "lgpl-lr": "LGPLLR",
    "deepfloyd-if-license": None,
    "fair-noncommercial-research-license": None,
    "llama2": None,
    "llama3": None,
    "llama3.1": None,
    "llama3.2": None,
    "llama3.3": None,
    "llama4": None,
    "grok2-community": None,
    "gemma": None,
}

# Licences for research or evaluation only, whose names do not say that they forbid commercial use;
# each by the text that its publisher links from the model cards that state it.
NON_COMMERCIAL = frozenset(
    {
        "apple-amlr",  # Apple Machine Learning Research Model License
        "deepfloyd-if-license",  # DeepFloyd IF License Agreement
        "h-research",  # H Research License
        "intel-research",  # Intel Research Use License Agreement
        "mnpl",  # Mistral AI Non-Production License
        "mnpl-0.1",
        "mrl",  # Mistral AI Research License
        "mrl-0.1",
        "ncgl-uk-2.0",  # Non-Commercial Government Licence, in SPDX's list
        "qwen-research",  # Qwen Research License Agreement
        "tongyi-qianwen-research",  # Tongyi Qianwen Research License Agreement
    }
)

# Creative Commons' NC, as a word of its own; and every licence that says it in full, such as
# `flux-1-dev-non-commercial-license` or `PolyForm-Noncommercial-1.0.0`.
_SAYS_SO = re.compile(r"(?:^|[^a-z0-9])nc(?:$|[^a-z0-9])|non[-_ ]?commercial")


def forbids_commerce(name: str) -> bool:
    """Whether a licence of that name is known to forbid commercial use."""
    name = name.casefold()
    return name in NON_COMMERCIAL or _SAYS_SO.search(name) is not None
