"""The messenger's tables: made by migrations, and those that were there before them are taken over."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql

from messenger import schema
from messenger.settings import ROOT, Settings
from messenger.store import Store, metadata
from tests.messenger.conftest import ALICE, run, world_of

pytestmark = pytest.mark.slow

BEFORE = (Path(__file__).parent / "before_migrations.sql").read_text()
SAID = """
INSERT INTO conversations VALUES ('c0123456789abcdef0123', 'alice', 'adeyemi-trading', 'buyer', 'en', 'en',
    'Africa/Lagos', 'bot', 0, NULL, 2, 2, 0, 2, 1, 1.5);
INSERT INTO events VALUES ('c0123456789abcdef0123', 1, 1, NULL, '2026-11-01T09:00:00Z', 'message', 'bot',
    '{"text":"Hello"}', NULL, NULL);
INSERT INTO events VALUES ('c0123456789abcdef0123', 2, 2, NULL, '2026-11-01T09:00:01Z', 'message', 'buyer',
    '{"text":"kept"}', 'cid-1', NULL);
INSERT INTO cursors VALUES ('notices', 41);
"""
PREPARE = "import sys; from messenger.store import Store; s = Store(sys.argv[1]); s.prepare(); s.close()"


def made_before(settings: Settings, *, without: str | None = None) -> None:
    """A database as a messenger without migrations left it."""
    store = Store(settings.store_url)
    with store.engine.begin() as work:
        if settings.database_url:
            work.exec_driver_sql("CREATE SCHEMA messenger")
        for statement in filter(str.strip, (BEFORE.partition("\n")[2] + SAID).split(";\n")):
            work.exec_driver_sql(statement)
        if without:
            work.exec_driver_sql(f"DROP TABLE {without}")
    store.close()


def newest() -> str | None:
    return ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()


def assert_up_to_date(settings: Settings) -> None:
    store = Store(settings.store_url)
    with store.engine.connect() as work:
        context = MigrationContext.configure(work)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == newest()
    store.close()


def test_the_migrated_tables_are_those_of_the_program(settings: Settings) -> None:
    store = Store(settings.store_url)
    store.prepare()
    store.close()
    assert_up_to_date(settings)


def test_migrating_again_changes_nothing(settings: Settings) -> None:
    for _ in range(3):
        store = Store(settings.store_url)
        store.prepare()
        store.prepare()
        store.close()
    assert_up_to_date(settings)


def test_the_first_migration_makes_the_tables_as_they_were_before_it(settings: Settings) -> None:
    made_before(settings)
    store, before = Store(settings.store_url), sa.MetaData()
    with store.engine.begin() as work:
        before.reflect(work)
        before.drop_all(work)
        schema.upgrade(work, to="0001")
        assert compare_metadata(MigrationContext.configure(work), before) == []
    store.close()


@pytest.mark.parametrize("without", [None, "notices", "options"])
def test_a_database_from_before_migrations_is_taken_over_with_all_that_was_said(
    settings: Settings, without: str | None
) -> None:
    made_before(settings, without=without)

    async def scene() -> None:
        async with (
            world_of(settings) as world,
            world.ready(ALICE, conversation="c0123456789abcdef0123") as alice,
        ):
            assert alice.texts == ["Hello", "kept"]
            await alice.say("and on")
            assert [event["seq"] for event in alice.events] == [1, 2, 3, 4]

    run(scene())
    assert_up_to_date(settings)
    store = Store(settings.store_url)
    with store.engine.connect() as work:
        assert work.execute(sa.text("SELECT value FROM cursors")).scalar() == 41
    store.close()


@pytest.mark.parametrize("is_new", [True, False])
def test_several_programs_may_start_at_once(settings: Settings, is_new: bool) -> None:
    if not is_new:
        made_before(settings)

    async def start() -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PREPARE, settings.store_url), cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        _, told = await process.communicate()
        return process.returncode, told.decode()

    async def scene() -> None:
        assert {await each for each in [asyncio.ensure_future(start()) for _ in range(4)]} == {(0, "")}

    run(scene())
    assert_up_to_date(settings)


def test_a_migration_that_fails_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made_before(settings)
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    for file in [*schema.MIGRATIONS.glob("*.py"), *schema.MIGRATIONS.glob("versions/*.py")]:
        (broken / file.relative_to(schema.MIGRATIONS)).write_text(file.read_text())
    (broken / "versions" / "9999_breaks.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9999', {newest()!r}\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE half (id TEXT)')\n"
        "    op.execute('INSERT INTO nowhere VALUES (1)')\n"
    )
    store = Store(settings.store_url)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", broken)
        with pytest.raises(sa.exc.DBAPIError):
            store.prepare()
    tables = sa.inspect(store.engine).get_table_names()
    assert "half" not in tables
    assert "alembic_version" not in tables
    store.prepare()
    store.close()
    assert_up_to_date(settings)


def test_on_postgresql_rights_on_the_schema_are_enough(pg_url: str) -> None:
    """To make a schema needs a right on the database, which the role has only once."""
    role = f"clerk_{uuid4().hex[:8]}"
    with psycopg.connect(pg_url, autocommit=True) as work:
        work.execute("DROP SCHEMA IF EXISTS messenger CASCADE")
        work.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        work.execute(sql.SQL("CREATE SCHEMA messenger AUTHORIZATION {}").format(sql.Identifier(role)))
    store = Store(sa.make_url(pg_url).set(username=role).render_as_string(hide_password=False))
    store.prepare()
    assert "events" in sa.inspect(store.engine).get_table_names()
    store.close()
