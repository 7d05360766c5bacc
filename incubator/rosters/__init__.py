"""在孵企业、创业服务团队和辅导员名册（第五条（三）（四）、第十三条）: dated rows, each change kept.

What a base keeps here counts everywhere: the check-up, the application, the reports. Which tenant counts is
decided in ``policy.tenants``; a reviewer may override one row with a reason, until the tenant's kind, subject
or industry changes (A5-6).
"""
