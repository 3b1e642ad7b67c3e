"""Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not."""

import asyncio
import os
import sys

import asyncpg
import psycopg
import psycopg2
import sqlalchemy
import sqlalchemy.ext.asyncio

ASK = "SELECT current_user || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


def ask_psycopg(text):
    with psycopg.connect(text) as connection:
        return connection.execute(ASK).fetchone()[0]


def ask_psycopg2(text):
    connection = psycopg2.connect(text)
    try:
        with connection.cursor() as cursor:
            cursor.execute(ASK)
            return cursor.fetchone()[0]
    finally:
        connection.close()


async def ask_asyncpg(text):
    connection = await asyncpg.connect(text or None)
    try:
        return await connection.fetchval(ASK)
    finally:
        await connection.close()


def ask_sqlalchemy(text):
    engine = sqlalchemy.create_engine(text or "postgresql+psycopg://", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.text(ASK)).scalar()


async def ask_sqlalchemy_async(text):
    engine = sqlalchemy.ext.asyncio.create_async_engine(text, poolclass=sqlalchemy.NullPool)
    async with engine.connect() as connection:
        return (await connection.execute(sqlalchemy.text(ASK))).scalar()


CLIENTS = {
    "psycopg": ask_psycopg,
    "psycopg2": ask_psycopg2,
    "asyncpg": lambda text: asyncio.run(ask_asyncpg(text)),
    "SQLAlchemy": ask_sqlalchemy,
    "SQLAlchemy with asyncpg": lambda text: asyncio.run(ask_sqlalchemy_async(text)),
}


def ask(client, key, text):
    given = dict(os.environ)
    if key == "environment":
        os.environ.update(each.split("=", 1) for each in text.split("\x1f"))
        text = ""
    try:
        return CLIENTS[client](text)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        os.environ.clear()
        os.environ.update(given)


for line in sys.stdin.buffer.read().decode().split("\n"):
    if line:
        name, client, key, text = line.split("\t")
        print(name, client, key, " ".join(ask(client, key, text).split()), sep="\t")
