"""The public site: the register, notices with their objections, the procedure in one picture. Views only.

Only statutory fields stand here: no telephone of a person, no ID number, no one who objected.
"""
