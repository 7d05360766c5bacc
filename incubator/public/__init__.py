"""The public site: register, notices, account request, the procedure in one picture. Views only."""
