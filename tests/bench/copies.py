"""Copies of a row by plain SQL: every foreign key and constraint is a real one."""

from odoo.tools import SQL


def copy_row(env, table, source_id, numbers, **replaced):
    """Insert a copy of a row for each row of `numbers`, with some columns replaced.

    :param numbers: what stands in FROM beside the row, whose alias is `source`
    :param replaced: SQL by the name of the column
    """
    names = [
        name
        for [name] in env.execute_query(
            SQL(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attname != 'id'",
                table,
            )
        )
    ]
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s source, %s WHERE source.id = %s",
            SQL.identifier(table),
            SQL(", ").join(SQL.identifier(name) for name in names),
            SQL(", ").join(replaced.get(name) or SQL.identifier("source", name) for name in names),
            SQL.identifier(table),
            numbers,
            source_id,
        )
    )


def added_since(table, source_id):
    """`numbers` of what was copied last: the ids of a table after that of its source."""
    return SQL(
        "(SELECT id AS number FROM %s WHERE id > %s) copies", SQL.identifier(table), source_id
    )


def analyse(env, *tables):
    """Tell the planner of the copies."""
    for table in tables:
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.cr.commit()
    env.invalidate_all()
