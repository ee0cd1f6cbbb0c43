"""Code beside the weights that loading is told to run.

## What it checks
That the companions of a model name no Python code: no `auto_map` in `config.json`, in the
tokenizer's or in any other; no `custom_pipelines`; no class in `modules.json` or
`router_config.json` that is not of sentence-transformers; no component in `model_index.json` or
`modular_model_index.json` of another library than those that pipelines of diffusers are made of,
and no class of the pipeline itself that is a file's; no module in an adapter's `auto_mapping` that
is not of a known library; no `model_file`, which mlx-lm runs; no `activation_function` that is a
function of another module than `torch.nn`; no kernel of a repository as `attn_implementation`; no
`custom_ops_library` in `genai_config.json`; no `custom_generate/generate.py`; no
`trust_remote_code` that is true, however it is spelled. `modules.json`, `router_config.json`,
`model_index.json`, `modular_model_index.json` and `genai_config.json` count for weights up to two
directories below them too. Code beside the weights that is named so is read as one more file of the
model, with its digest.

## Why it matters
With `trust_remote_code=True`, which many instructions ask for, that code runs when the model is
loaded, and it may come from a repository that changes tomorrow.

## Example
`config.json` holds `"auto_map": {"AutoModel": "modeling_custom.CustomModel"}`.

## Configuration
```yaml
rules:
  remote-code: error
```
"""

from __future__ import annotations

from typing import ClassVar, Final

from lbom_gate.model import Level
from lbom_gate.rules._anomaly import AnomalyRule


class RemoteCode(AnomalyRule):
    """Reports the anomalies of that name."""

    name: ClassVar[str] = "remote-code"
    family: ClassVar[str] = "code"
    recommended: ClassVar[Level] = "error"
    remedy: ClassVar[str] = (
        "read the code and pin it, or use a model whose architecture the library itself knows"
    )


RULE: Final = RemoteCode()
