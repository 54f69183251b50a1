"""`make i18n`: write the translation templates of the addons anew."""

from dev import get_odoo, odoo_server, postgres, settings, setup, template
from dev.console import main, run


def export():
    setup.ensure()
    database = template.ensure_suite()
    # This command takes no server options: what it needs stands in a configuration file.
    conf = settings.LOCAL / "i18n.conf"
    conf.write_text(
        f"[options]\naddons_path = {get_odoo.addons_path()}\ndb_host = {postgres.SOCKET}\n"
        f"db_user = {postgres.ROLE}\ndata_dir = {settings.LOCAL / 'filestore'}\n",
        encoding="utf-8",
    )
    for addon in settings.ADDONS:
        target = settings.ROOT / addon / "i18n" / f"{addon}.pot"
        command = [*odoo_server.command()[:2], "i18n", "export", "-c", conf, "-d", database]
        run([*command, "-o", target, addon], env=odoo_server.environment())


if __name__ == "__main__":
    main(export)
