"""Mechanism: database, cases, ledger, permissions, outbox, files, clock. Knows policy, knows no module."""
