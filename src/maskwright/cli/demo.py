def command() -> None:
    """demo"""
