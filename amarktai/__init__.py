"""Floor 5: the wiring and the windows. Holds settings, urls, asgi, celery with its beat table, health, the launcher and the
dashboard. It must stay free of business rules, and of imports here: the launcher is used before Django is installed or loaded.
"""
