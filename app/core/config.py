"""Settings, from the environment (`FOLLOWTHROUGH_*`), from `.env`, or each from a file (`FOLLOWTHROUGH_*_FILE`)."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

PREFIX = "FOLLOWTHROUGH_"


class FileSource(PydanticBaseSettingsSource):
    """`FOLLOWTHROUGH_DATABASE_URL_FILE=/run/secrets/url`: the value is what the file holds, without the line end."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (Path(path).read_text().rstrip("\r\n") if path else None), field_name, False

    @override
    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """Everything that can be set. docs/settings.md is made from the descriptions."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    database_url: str | None = Field(
        None,
        description="PostgreSQL (15 or newer) to use, as `postgresql://user:password@host:5432/name`. The role must "
        "be allowed to `SET ROLE followthrough_app`; the role that runs `followthrough migrate` must be allowed to "
        "create tables and, the first time, roles. Unset: an embedded PostgreSQL in the data folder.",
    )
    data_dir: Path = Field(
        Path("var"), description="Folder of the embedded PostgreSQL and of the first key. Private to its user."
    )
    embedded_version: Literal[16, 18] = Field(
        18, description="Version of the embedded PostgreSQL for a new data folder."
    )
    pool_size: int = Field(
        5,
        ge=1,
        le=200,
        description="Connections for writes and for polls, each, per process. More only wait for each other.",
    )
    rate_limit: int = Field(
        6000,
        ge=1,
        le=1_000_000,
        description="Requests per minute that one API key may make of one process. 304s are free.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="At `info`, each write, refusal and failure is one JSON line; reads that succeed are only counted.",
    )
    log_host: str = Field(
        "localhost",
        pattern=r"^[a-z0-9.:-]{1,253}$",
        description="Name of this server in the ledger's signatures, such as `proof.example.com`: checkpoints are "
        "signed as `<this>/w/<workspace>`. Others trust keys by that name, so it stays.",
    )
    signer_dir: Path | None = Field(
        None,
        description="Folder of the key that signs the ledger, and of what it signed last. Private to its user, not in "
        "the database and not in its backups: that is how a restored database is told from a forged one. Unset: "
        "`signer` in the data folder.",
    )
    seal_interval: float = Field(
        0.5,
        ge=0.05,
        le=3600,
        description="Seconds between two looks at whether something was written to be sealed. A look costs a fraction "
        "of a millisecond, even with a thousand workspaces.",
    )
    due_soon_days: int = Field(
        3, ge=0, le=365, description="Days before a commitment is due at which the ledger says that it is due soon."
    )
    files_url: str | None = Field(
        None,
        pattern=r"^(file:///|s3://).+$",
        description="Where the files of evidence are: `file:///srv/followthrough/files`, or `s3://bucket/prefix` for "
        "S3 and what speaks like it, which is reached as `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID` and "
        "`AWS_SECRET_ACCESS_KEY` say. Unset: `files` in the data folder.",
    )
    file_limit: int = Field(100, ge=1, le=4096, description="MiB that one file of evidence may have.")
    unused_files_limit: int = Field(
        2048,
        ge=1,
        le=1_048_576,
        description="MiB that the files of a workspace may have together that no evidence names. Each of them goes "
        "about a day after its upload, and counts until then, as 4 KiB at least; more is refused.",
    )
    tsa_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of a time stamping authority (RFC 3161). It stamps the newest checkpoint of each "
        "workspace: proof of when that was there, to those who trust it. Unset: none.",
    )
    tsa_interval: int = Field(
        60, ge=1, le=10_080, description="Minutes between two stamps of a workspace. One covers all before it."
    )
    witness_policy: Path | None = Field(
        None,
        description="Policy file (c2sp.org/tlog-policy) with lines `witness <name> <key> <address>`: each of them is "
        "asked to cosign every checkpoint, so that nobody can be shown another ledger. Unset: none.",
    )
    font_dir: Path | None = Field(
        None,
        description="Folder of further fonts (TTF, OTF) for the follow-through report as PDF, such as Noto Sans CJK. "
        "Unset: it can show Latin, Greek, Cyrillic, Hebrew and Arabic, and no Chinese, Japanese or Korean.",
    )
    smtp_url: str | None = Field(
        None,
        repr=False,
        description="Mail server for digests, as `smtp://user:password@host:587` (STARTTLS) or `smtps://...:465` (TLS "
        "from the first byte). A password is sent in TLS only, with the certificate checked, or to this machine. "
        "Unset: no mail is sent.",
    )
    mail_from: str | None = Field(
        None, description="Sender of digests, such as `Followthrough <followthrough@example.com>`. Needed for mail."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="Where people reach this server, such as `https://followthrough.example.com`: for the links in "
        "digests, the one to unsubscribe among them. Unset: digests have no links.",
    )
    private_channels: bool = Field(
        default=False,
        description="Whether digests may go through Apprise to private addresses. Members choose the URL of their "
        "channel, so this lets them make the server send requests inside its network.",
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port on 127.0.0.1 for Prometheus metrics (`/metrics`). Unset: none."
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FileSource(settings_cls), dotenv_settings
