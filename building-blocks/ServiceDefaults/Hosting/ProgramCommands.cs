using Microsoft.AspNetCore.Builder;

namespace ServiceDefaults;

/// <summary>What a program does instead of serving: <c>dotnet X.dll NAME …</c>. Returns the process's exit code.</summary>
public sealed record ProgramCommand(string Name, Func<string[], Task<int>> RunAsync);

/// <summary>What a service's program does, by its first argument.</summary>
public static class ProgramCommands
{
    /// <summary>
    /// Runs the command that the first argument names, one of the service's own, <c>health</c> or <c>check-config</c>; without
    /// one, or with settings (<c>--urls=…</c>), builds the service and serves.
    /// </summary>
    public static async Task<int> RunAsync(
        string[] args, Func<string[], WebApplication> build, Func<WebApplication, Task> serve, params IReadOnlyList<ProgramCommand> own)
    {
        InvalidConfigurationException.EndProcessReadably();
        IReadOnlyList<ProgramCommand> commands = [new("health", _ => HealthCommand.RunAsync()), CheckConfigCommand.For(build), .. own];
        if (args is [] or [['-', ..], ..])
        {
            await serve(build(args));
            return Environment.ExitCode;
        }

        if (commands.FirstOrDefault(command => command.Name == args[0]) is { } known) return await known.RunAsync(args[1..]);
        await Console.Error.WriteLineAsync($"'{args[0]}' is no command; there are: {string.Join(", ", commands.Select(command => command.Name))}.");
        return 1;
    }
}
