// API=https://… KEY=wt_… dotnet run WatchDeposits.cs
var api = Environment.GetEnvironmentVariable("API") ?? "http://127.0.0.1:5080";
var after = File.Exists("position.txt") ? File.ReadAllText("position.txt") : "0:0";
using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
http.DefaultRequestHeaders.Authorization = new("Bearer", Environment.GetEnvironmentVariable("KEY"));
for (; ; await Task.Delay(1000))
{
    try
    {
        using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(45));
        using var stream = new StreamReader(await http.GetStreamAsync($"{api}/api/v1/events?after={after}", silence.Token));
        string? id = null, data = null;
        while (await stream.ReadLineAsync(silence.Token) is { } line)
        {
            silence.CancelAfter(TimeSpan.FromSeconds(45));
            if (line.StartsWith("id: ")) id = line[4..];
            if (line.StartsWith("data: ")) data = line[6..];
            if (line.Length > 0) continue;
            if (data is not null) Console.WriteLine(data); // Your work, before the position is kept: whatever breaks now is told again.
            if (id is not null) File.WriteAllText("position.new", after = id); // A file that is written halfway is no position.
            if (id is not null) File.Move("position.new", "position.txt", overwrite: true);
            (id, data) = (null, null);
        }
    }
    catch (Exception failure) { Console.Error.WriteLine($"{failure.Message}; goes on after {after}"); }
}
