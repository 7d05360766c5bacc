"""Divisions, offices, people and their sign-in (第三条, 第七条（一）; domain §2).

Decides who a person is, under which membership the person acts, and which sessions live. Who reviews which
region is the dated route of `kernel.access`.
"""
