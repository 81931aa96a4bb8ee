def command() -> None:
    """info"""
