def command() -> None:
    """check"""
