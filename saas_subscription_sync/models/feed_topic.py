"""What a subscriber can be told of."""

from odoo import fields, models


class SaasFeedTopic(models.Model):
    _name = "saas.feed.topic"
    _description = "Feed Topic"
    _order = "sequence, id"

    code = fields.Char(required=True, readonly=True, help="As it stands in messages.")
    name = fields.Char(required=True, translate=True)
    description = fields.Char(translate=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.Constraint("UNIQUE(code)", "A topic is there once.")
