"""Many schedules by plain SQL, for benchmarks and tests of scale.

They are copies of one posted invoice line's schedule on copies of its journal item, so that every
foreign key and constraint is a real one.
"""

from odoo.tools import SQL

#: What two journal items cannot have in common.
LINE_IDENTITY = {"id", "saas_line_id"}


def copy_lines(line, count):
    """Copies of a posted invoice line, which have no schedules yet."""
    env = line.env
    env.flush_all()
    rows = env.execute_query(
        SQL(
            "INSERT INTO account_move_line (%(lines)s) SELECT %(lines)s FROM account_move_line,"
            " generate_series(1, %(count)s) WHERE id = %(line)s RETURNING id",
            lines=_columns(env, "account_move_line", LINE_IDENTITY),
            count=count,
            line=line.id,
        )
    )
    return line.browse([line_id for [line_id] in rows])


def multiply_schedules(schedule, count):
    """Add `count` schedules like `schedule`, each with its original segment and invoice line.

    Starts and amounts vary, so that the closed form has work to do.
    """
    env = schedule.env
    env.flush_all()
    line_columns = _columns(env, "account_move_line", LINE_IDENTITY)
    schedule_columns = _columns(
        env, "saas_revenue_schedule", {"id", "move_line_id", "amount", "company_amount"}
    )
    env.cr.execute(
        SQL(
            """
            WITH copied AS (
                 INSERT INTO account_move_line (%(lines)s)
                 SELECT %(lines)s FROM account_move_line, generate_series(1, %(count)s)
                  WHERE id = %(line)s
              RETURNING id
            ), varied AS (
                 SELECT id, (%(amount)s + id %% 9973 * 0.01)::numeric AS amount FROM copied
            ), scheduled AS (
                 INSERT INTO saas_revenue_schedule (
                        %(schedules)s, move_line_id, amount, company_amount)
                 SELECT %(schedules)s, varied.id, varied.amount, varied.amount
                   FROM (SELECT %(schedules)s FROM saas_revenue_schedule WHERE id = %(source)s) one,
                        varied
              RETURNING id, move_line_id, amount, company_id, method, date_start, date_end
            )
            INSERT INTO saas_revenue_segment (
                   schedule_id, company_id, kind, method, amount, company_amount,
                   date_start, date_end, booking_date, move_line_id)
            SELECT id, company_id, 'original', method, amount, amount,
                   date_start + (id %% 20)::int, date_end + (id %% 20)::int, date_start,
                   move_line_id
              FROM scheduled
            """,
            lines=line_columns,
            schedules=schedule_columns,
            count=count,
            line=schedule.move_line_id.id,
            source=schedule.id,
            amount=str(schedule.amount),
        )
    )
    for table in ("account_move_line", "saas_revenue_schedule", "saas_revenue_segment"):
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all()


def _columns(env, table, without):
    rows = env.execute_query(
        SQL(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = current_schema ORDER BY ordinal_position",
            table,
        )
    )
    return SQL(", ").join(SQL.identifier(name) for [name] in rows if name not in without)
