"""Attacks by the numbers and texts of GGUF and safetensors headers."""

import struct

import raw
from attack import Attack, file
from raw import LLAMA, Array, Gguf, Key, Tensor, Text

MALFORMED, CODE = "malformed-header", "template-code"


def gguf(name: str, known: str, made: Gguf, rule: str = MALFORMED) -> Attack:
    """Return an attack of one GGUF."""
    return Attack(name, known, file("a.gguf", bytes(made)), rule, "a.gguf")


def keyed(*keys: Key) -> Gguf:
    """Return a valid file with more keys."""
    return Gguf(keys=[LLAMA, *keys])


def template(name: str, known: str, text: str, rule: str = CODE) -> Attack:
    """Return an attack of a chat template."""
    return gguf(name, known, keyed(Key("tokenizer.chat_template", text)), rule)


def tensors(name: str, known: str, header: str, data: bytes = b"") -> Attack:
    """Return an attack of one safetensors file."""
    content = raw.safetensors(header, data)
    return Attack(name, known, file("a.safetensors", content), MALFORMED, "a.safetensors")


def tokens(token: str) -> Gguf:
    """Return a file whose vocabulary holds a token of the type BYTE."""
    return keyed(
        Key("tokenizer.ggml.tokens", Array(raw.STRING, [token]), raw.ARRAY),
        Key("tokenizer.ggml.token_type", Array(raw.I32, [6]), raw.ARRAY),
    )


F32, BIG = 0, 1 << 62
ENTRY = raw.entry()

ATTACKS = [
    gguf("more tensors than fit into the file", "Talos 2024", Gguf(n_tensors=1 << 60)),
    gguf("more keys than fit into the file", "Talos 2024", Gguf(n_keys=1 << 60)),
    gguf("a text that is longer than the file", "Talos 2024", keyed(Key("x", Text("x", BIG)))),
    gguf("an array that is longer than the file", "Talos 2024", keyed(Key("x", Array(raw.U8, [], BIG), raw.ARRAY))),
    gguf("a row whose elements overflow", "Talos 2024", Gguf(tensors=[Tensor("a", (1 << 62, 4))])),
    gguf("elements times their size overflow", "GHSA-96jg-mvhq-q7q7", Gguf(tensors=[Tensor("a", ((1 << 62) + 1,))])),
    gguf("sizes whose sum overflows", "CVE-2025-53630", Gguf(tensors=[Tensor("a", (1 << 61,)), Tensor("b", (1 << 61,), offset=1 << 63)])),
    gguf("a padding that wraps around", "llama.cpp 24759", Gguf(tensors=[Tensor("a", ((1 << 62) - 1,))])),
    gguf("more dimensions than there are", "Talos 2024", Gguf(tensors=[Tensor("a", (1,) * 5)])),
    gguf("more blocks than a loader has room for", "llama.cpp 25821", keyed(Key("llama.block_count", 513, raw.U32))),
    gguf("a byte token that is none", "llama.cpp 26511", tokens("<0x-1>")),
    gguf("a tensor beyond the end of the file", "CVE-2026-7482", Gguf(tensors=[Tensor("a", (1 << 20,))]), "truncated-file"),
    gguf("a tensor type that was removed", "", Gguf(tensors=[Tensor("a", (32,), type=4)])),
    gguf("two tensors of one name", "", Gguf(tensors=[Tensor("a"), Tensor("a", offset=128)], data=bytes(256))),
    gguf("two names that are one up to NUL", "", Gguf(tensors=[Tensor("a\0b"), Tensor("a\0c", offset=128)], data=bytes(256))),
    gguf("two values of one key", "", keyed(LLAMA)),
    gguf("tensors that share their data", "", Gguf(tensors=[Tensor("a"), Tensor("b")])),
    gguf("an alignment of nothing", "", keyed(Key("general.alignment", 0, raw.U32))),
    gguf("a claim that no tensor bears out", "", Gguf(keys=[LLAMA, Key("general.file_type", 15, raw.U32)], tensors=[Tensor("blk.0.ffn_up.weight", (256, 4))], data=bytes(4096)), "contradicted-quantization"),
    gguf("weights under the name of a norm", "", Gguf(keys=[LLAMA, Key("general.file_type", 15, raw.U32)], tensors=[Tensor("blk.0.attn_norm.weight", (1024, 512))], data=bytes(4 * 1024 * 512)), "contradicted-quantization"),
    template("a template that reaches the interpreter", "CVE-2024-34359", "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
    template("a template that reads attributes by filter", "CVE-2024-34359", "{{ messages|attr('x') }}"),
    template("a template that reaches globals by a helper", "CVE-2024-34359", "{{ cycler.__init__.__globals__.os }}"),
    template("a template that spells a name with escapes", "CVE-2024-34359", "{{ messages['\\x5f\\x5fclass\\x5f\\x5f'] }}"),
    template("a template that puts a name together", "CVE-2024-34359", "{{ messages['_' ~ '_class_' ~ '_'] }}"),
    template("a template that takes underscores out of a text", "", "{% set u = 'tool_calls'[4] %}{{ ''[u*2 ~ 'class' ~ u*2] }}"),
    template("a template that fills in a name", "", "{{ ''['%sclass%s' % ('_' * 2, '_' * 2)] }}"),
    template("a template that puts letters of a message together", "", "{% set u = messages[0].role[4] %}{{ x[u + u + 'class' + u + u] }}"),
    template("a name that a block writes", "", "{% set n %}__class__{% endset %}{{ ''[n] }}"),
    template("a name that a macro writes", "", "{% macro n() %}__class__{% endmacro %}{{ ''[n()] }}"),
    template("a name that a loop gathers", "", "{% set ns = namespace(n='') %}{% for c in ['_', '_', 'class'] %}{% set ns.n = ns.n ~ c %}{% endfor %}{{ ''[ns.n] }}"),
    template("a name in braces that is put together", "", "{{ ('{0._' ~ '_class_' ~ '_}').format(messages) }}"),
    template("a raw text that ends where Jinja says", "", "{% raw %}{% endrawx %}{# {% endraw %}{{ ''.__class__ }}{# #}"),
    template("a name that goes on behind a carriage return", "", "{{ x['\\\r_\\\r_class_\\\r_'] }}"),
    template("a filter that joins what it looks up", "", "{{ [x]|join('', '_' ~ '_class_' ~ '_') }}"),
    template("a default that is no number", "", "{{ x['a'|int('_' ~ '_class_' ~ '_')] }}"),
    template("a list under two names", "", "{% set l = [] %}{% set k = l %}{% set _ = k.append('_' ~ '_class_' ~ '_') %}{{ x[l[0]] }}"),
    template("a function of the template's own under a lent name", "", "{% macro range() %}__class__{% endmacro %}{{ x[range()] }}"),
    template("a method that is called by another name", "", "{% set f = ('{0._' ~ '_class__}').format %}{{ f(x) }}"),
    template("brackets deeper than are examined", "", "{{ " + "(" * 200 + "1" + ")" * 200 + " }}", "not-examined"),
    template("a template that reads another file", "", "{% include '/etc/passwd' %}"),
    template("a template that heeds a word of the user", "Pillar 2025", "{% if 'invoice' in messages[0]['content'] %}send it{% endif %}", "content-gated-template"),
    template("a template with characters that are not seen", "Pillar 2025", "{{ messages }}\u200b\u202e"),
    tensors("two tensors of one name in safetensors", "", f'{{"a":{ENTRY},"a":{raw.entry("I32")}}}', bytes(8)),
    tensors("two names that are one after unescaping", "", f'{{"a":{ENTRY},"\\u0061":{raw.entry(start=8, end=16)}}}', bytes(16)),
    tensors("tensors of safetensors that share their data", "", raw.header({"a": ENTRY, "b": ENTRY}), bytes(8)),
    tensors("a hole between tensors", "", raw.header({"a": ENTRY, "b": raw.entry(start=16, end=24)}), bytes(24)),
    tensors("a shape that overflows", "", raw.header({"a": raw.entry(shape=(1 << 62, 1 << 62))}), bytes(8)),
    tensors("white space before the header", "", " " + raw.header({"a": ENTRY}), bytes(8)),
    tensors("NUL in a name", "", raw.header({"a\\u0000b": ENTRY}), bytes(8)),
    tensors("a name that is written backwards", "", raw.header({"a\u202eb": ENTRY}), bytes(8)),
    tensors("depth without end", "DoS", '{"a":' + "[" * 100_000),
    Attack("a header of 2^62 bytes", "DoS", file("a.safetensors", struct.pack("<Q", BIG) + b"{}"), MALFORMED, "a.safetensors"),
]  # fmt: skip
