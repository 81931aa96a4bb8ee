def command() -> None:
    """predict"""
