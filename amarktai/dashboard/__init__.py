"""The dashboard: the windows people look through. Doors (views) that load, call once and answer; pages that turn what queries
return into frozen shapes; templates that print shapes. It must not decide, compute money, or write to the database.
"""
