namespace ChainSimulator.Script;

/// <summary>A command of the script that cannot be carried out; the message says why.</summary>
public sealed class ScriptException(string message) : Exception(message);
