"""Worklist and case page: where a case is, who has it, what comes next, until when, under which article.

Draws what `policy.procedures` says; modules add panels to the page through `kernel.registry.panel`.
"""
