"""第八条: the deliberation. One record a meeting, one verdict a dossier, each settled by itself (A8-3, A8-3a).

A score decides nothing here; a verdict that the evidence does not bear is refused for that dossier only.
"""
