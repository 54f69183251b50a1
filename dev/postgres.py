"""A private PostgreSQL cluster inside the project: unix socket only, its own user, no port.

It keeps nothing of value, so it trades durability for speed (fsync off); the crash tests kill
Odoo's processes, not PostgreSQL's.
"""

import os
import pwd
import subprocess
from pathlib import Path

from dev import settings, system_packages
from dev.console import SetupError, run, step

ROLE = "odoo"
SOCKET = Path(f"/tmp/saas-billing-{settings.CLONE}")
OPTIONS = {
    "listen_addresses": "''",
    "unix_socket_directories": f"'{SOCKET}'",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "'512MB'",
    "work_mem": "'32MB'",
    "max_connections": "120",
    "max_wal_size": "'2GB'",
    "lc_messages": "'C'",
}


def _owner():
    """(uid, gid) that runs the server: the caller, or `postgres` where the caller is root."""
    if os.geteuid():
        return os.geteuid(), os.getegid()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise SetupError("PostgreSQL refuses to run as root and there is no user `postgres`.")


def _reachable(path, uid):
    """Whether `uid` may walk down to `path` (a clone under /root is closed to others)."""
    return uid == os.geteuid() or all(
        not folder.exists() or folder.stat().st_mode & 0o001 for folder in (path, *path.parents)
    )


def data_folder():
    """The cluster's folder: in the clone, or under /var/tmp where the clone is closed to others."""
    inside = settings.LOCAL / "postgres"
    if _reachable(inside.parent, _owner()[0]):
        return inside
    return Path(f"/var/tmp/saas-billing-{settings.CLONE}")


def _as_owner(command, **options):
    uid, gid = _owner()
    if uid != os.geteuid():
        options |= {"user": uid, "group": gid, "extra_groups": []}
    return run(command, cwd="/", **options)


def _binary(name):
    return system_packages.find_initdb().with_name(name)


def _is_running():
    return not subprocess.run([_binary("pg_isready"), "-q", "-h", SOCKET], check=False).returncode


def ensure():
    """Create and start the cluster unless it is running."""
    system_packages.ensure(system_packages.SERVER_PACKAGES)
    if _is_running():
        return
    uid, gid = _owner()
    data = data_folder()
    for folder in (data, SOCKET):
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, uid, gid)
        folder.chmod(0o700)
    if not (data / "PG_VERSION").exists():
        with step("Creating a private PostgreSQL cluster"):
            _as_owner(
                [_binary("initdb"), "-D", data, "-U", "postgres", "-E", "UTF8"]
                + ["--locale=C.UTF-8", "--auth=trust"]
            )
    settings_file = data / "postgresql.auto.conf"
    settings_file.write_text(
        "".join(f"{key} = {value}\n" for key, value in OPTIONS.items()), encoding="utf-8"
    )
    _as_owner(
        [_binary("pg_ctl"), "-D", data, "-l", data / "server.log", "-w", "-t", "60", "start"],
        hint=f"See {data / 'server.log'}.",
    )
    psql(
        "postgres",
        f"DO $$BEGIN CREATE ROLE {ROLE} LOGIN CREATEDB; "
        "EXCEPTION WHEN duplicate_object THEN NULL; END$$",
        user="postgres",
    )


def stop():
    """Stop the cluster if it runs."""
    if system_packages.find_initdb() and _is_running():
        _as_owner([_binary("pg_ctl"), "-D", data_folder(), "-m", "fast", "-w", "stop"])


def psql(database, statement, user=ROLE):
    """Run one statement and return its unaligned output."""
    return run(
        [_binary("psql"), "-h", SOCKET, "-U", user, "-d", database, "-v", "ON_ERROR_STOP=1"]
        + ["-X", "-q", "-A", "-t", "-c", statement]
    ).strip()


def exists(database):
    return bool(psql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{database}'"))


def drop(database):
    """As the cluster's superuser: nobody else may end an autovacuum worker that is just in it."""
    psql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', user="postgres")


def copy(source, target):
    """Create `target` as a copy of `source`."""
    psql("postgres", f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def rename(source, target):
    psql("postgres", f'ALTER DATABASE "{source}" RENAME TO "{target}"')
