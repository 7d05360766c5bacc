"""The Measures as data and pure functions.

What the regulation says, article by article: standards, dates, names, who
counts as a tenant, the standing of a base and the field tables of every form.
Standard library only; nothing here reads a clock, an environment or a
database, and nothing here imports another package of the portal.
"""
