"""Checks an access table against the database: roles, companies, buttons, nothing left out."""

import inspect

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import get_public_method
from odoo.tests import new_test_user

OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
#: Methods whose names begin so only open a screen, or only concern a proposal tested elsewhere.
HARMLESS = ("action_open", "action_fix", "action_import_history", "action_rotate_secret")


class AccessMatrixMixin:
    """Mix into a test case; `records` maps models to a record of the company under test."""

    @classmethod
    def set_up_matrix(cls, groups, company):
        """One user per role in the company, and one per role in another company."""
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.users, cls.strangers = (
            {
                role: new_test_user(
                    cls.env,
                    f"matrix_{role}_{home.id}",
                    group,
                    company_id=home.id,
                    company_ids=[Command.set(home.ids)],
                )
                for role, group in groups.items()
            }
            for home in (company, cls.other_company)
        )

    def get_models(self, addon):
        """Names of the models that the addon brings."""
        return {
            name
            for name, model in self.env.registry.items()
            if model._original_module == addon and not model._abstract
        }

    def assertMatrix(self, table, roles):
        """Each role has exactly the rights of the table."""
        for model, rights in table.items():
            for role, expected in zip(roles, rights, strict=True):
                records = self.env[model].with_user(self.users[role])
                actual = "".join(
                    letter for letter, name in OPERATIONS.items() if records.has_access(name)
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(actual, expected)

    def assertModelsListed(self, table, addon):
        """No model of the addon is missing from the table."""
        self.assertEqual(set(table), self.get_models(addon))

    def assertCompaniesApart(self, records, addon, shared=()):
        """Nobody sees a record of a company that is not theirs, whatever the role.

        :param records: of every model of the addon but wizards
        :param shared: models that belong to all companies
        """
        lasting = {name for name in self.get_models(addon) if not self.env[name]._transient}
        self.assertEqual(set(records), lasting - set(shared))
        for model, record in records.items():
            self.assertTrue(record, model)
            for role, user in self.strangers.items():
                with self.subTest(model=model, role=role):
                    theirs = self._as_user(record, user)
                    if theirs.browse().has_access("read"):
                        self.assertFalse(theirs.search([("id", "in", record.ids)]))
                    self.assertFalse(self._is_seen(theirs))

    def _is_seen(self, record):
        """Reports over the user's own companies have no row of others to forbid."""
        try:
            return record.has_access("read")
        except MissingError:
            return False

    def assertButtons(self, table, records):
        """Buttons refuse the roles that the table does not name; they work on what RPC reaches."""
        for (model, method), allowed in table.items():
            for role, user in self.users.items():
                record = self._as_user(records[model], user)
                get_public_method(record, method)
                with self.subTest(model=model, method=method, role=role):
                    if role in allowed:
                        self._press_if_it_makes_sense(record, method)
                    else:
                        with self.assertRaises(UserError):
                            self._press(record, method)

    def _as_user(self, record, user):
        """The record in an environment of the user's own, as a call from outside gets it."""
        return self.env(user=user.id, su=False, context={})[record._name].browse(record.ids)

    def _press_if_it_makes_sense(self, record, method):
        """Whatever the record's state says to it, the role is not refused."""
        try:
            self._press(record, method)
        except UserError as error:
            self.assertNotIsInstance(error, AccessError)

    def _press(self, record, method):
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            getattr(record, method)()
        finally:
            self.env.flush_all()
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def assertButtonsListed(self, table, addon):
        """No button of the addon that might change something is missing from the table."""
        found = set()
        for name in self.get_models(addon):
            model = type(self.env[name])
            if model._transient:
                continue
            for method, _function in inspect.getmembers(model, inspect.isfunction):
                if not method.startswith("action_") or method.startswith(HARMLESS):
                    continue
                if method.endswith("_proposal") or not self._is_defined_in(model, method, addon):
                    continue
                found.add((name, method))
        self.assertEqual(set(table), found)

    def _is_defined_in(self, model, method, addon):
        return any(
            method in vars(base) and base.__module__.startswith(f"odoo.addons.{addon}.")
            for base in model.__mro__
        )
