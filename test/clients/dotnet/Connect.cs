using System;
using System.Data.Common;
using System.IO;
using System.Text;

/// Reads lines of a name, a client, a key and its text; prints the first three with the password and the mode that .NET reads from it.
/// Npgsql reads its connection strings by this class of .NET.
static class Connect
{
    static void Main()
    {
        var utf8 = new UTF8Encoding(false);
        using (var lines = new StreamReader(Console.OpenStandardInput(), utf8))
        using (var answers = new StreamWriter(Console.OpenStandardOutput(), utf8))
            for (var line = lines.ReadLine(); line != null; line = lines.ReadLine())
            {
                var parts = line.Split('\t');
                var read = new DbConnectionStringBuilder { ConnectionString = parts[3] };
                answers.Write(string.Join("\t", parts[0], parts[1], parts[2], "[" + read["Password"] + "] " + read["SSL Mode"]) + "\n");
            }
    }
}
