namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>
/// Writes a program, one choice after the other; with no choices left it takes the first way everywhere, which is the
/// shortest. All programs end: loops count in variables that nothing else sets, and functions call only those before them.
/// Left out is what is known to differ: +=, in a function, of a variable of its caller; += of a variable that its right
/// side changes; nothing as an item of what is awaited; a function's look at its caller's $_ after a catch; a typed variable that is given what it does not take.
/// </summary>
internal sealed class ProgramWriter(IReadOnlyList<int> choices)
{
    private const string Variables = "$null = $T.Note(($a, $b, $c, $h.k, $h.j, $s)); $null = $T.Note($l); $null = $T.Note($_)";

    private int _next;
    private int _loops;
    private int _typed;

    /// <summary>A program that shows its variables at its end, and if it is guarded, however it ends.</summary>
    internal string Program()
    {
        var functions = $"function F($n) {{\n$null = await $T.Now(0)\n{Statements(1, new Place(IsFunction: true))}\n}}\n"
            + $"function G($n, $m = 2) {{\n$null = await $T.Soon(0)\n{Statements(1, new Place(IsFunction: true, CanCall: "F"))}\n}}\n";
        var body = Statements(3, new Place(CanCall: "G"));
        return functions + "$a = 1; $b = 2; $c = 3; $h = @{ k = 4; j = 5 }; $l = 6, 7, 8; $s = 'text'\n"
            + (Pick(2) == 0 ? $"{body}\n{Variables}" : $"try {{\n{body}\n}} finally {{\n{Variables}\n}}");
    }

    private int Pick(int count) => _next < choices.Count ? choices[_next++] % count : 0;

    private string Any(params string[] texts) => texts[Pick(texts.Length)];

    private string Statements(int depth, Place place)
    {
        var count = 1 + Pick(4);
        return string.Join("\n", Enumerable.Range(0, count).Select(_ => Statement(depth, place)));
    }

    private string Statement(int depth, Place place) => depth == 0 ? Simple(place) : Pick(16) switch
    {
        <= 5 => Simple(place),
        <= 7 => If(depth - 1, place),
        <= 9 => Loop(depth - 1, place),
        10 => Switch(depth - 1, place),
        <= 13 => Try(depth - 1, place),
        14 => Trap(depth - 1, place),
        _ => AsValue(depth - 1, place),
    };

    private string Simple(Place place) => Pick(25) switch
    {
        0 => Value(2, place),
        1 or 2 => Awaited(place),
        3 or 4 => $"${Name()} = {Awaited(place)}",
        5 => $"${Name()} = {Value(2, place)}",
        6 => place.IsFunction ? $"$x = {Value(2, place)}" : $"$c {Any("+=", "-=")} {Value(2, place)}",

        // A name of its own: where a trap goes on behind a throw, PowerShell's compiler takes the code for one that is never
        // reached, and fails there when the variable is assigned elsewhere, too.
        7 => $"[string] $typed{_typed++} = {Value(1, place)}",
        8 => $"{Any("$h.k", "$h['j']", "$l[1]", "$l[-1]", "$h.n")} {Any("=", "+=", "??=")} {Value(1, place)}",
        9 => $"$a, $b = {Any($"{Value(1, place)}, {Value(1, place)}", Awaited(place))}\n\"$a|$b\"; $a, $b = 1, 2",
        10 => Text(place),
        11 => $"$s = {Text(place)}",
        12 => $"$h = @{{ k = {Value(1, place)}; j = {Value(1, place)} }}; $h.k",
        13 => $"{Value(1, place)}, {Value(1, place)} | ForEach-Object {{ $_ + 1 }}",
        14 => $"{Awaited(place with { CanCall = null })} | ForEach-Object {{ $_ + 1 }}",
        15 => $"$_ = {Value(1, place)}",
        16 or 17 => Any(place.IsFunction ? "$n" : "$_", place.IsFunction ? "\"[$n]\"" : "\"[$_]\"", "$args.Count", "& { $a; $a = 9 }", ". { $a }", "$Matches.Count", "$null = $a -match 1", "$l.Count", ", $l"),
        18 => $"Write-TestRecord Error \"e$({Value(1, place)})\"",
        19 or 20 => Success(place),

        // Never read: all programs of a loop have it in common.
        21 => $"$script:z = {Value(1, place)}",
        22 or 23 => Failure(place),
        _ => Leave(place),
    };

    /// <summary><c>$?</c> after statements that set it.</summary>
    private string Success(Place place) => Pick(4) switch
    {
        0 => Awaited(place),
        1 => $"${Name()} = {Awaited(place)}",
        2 => $"Write-TestRecord Error \"e$({Value(1, place)})\"",
        _ => $"try {{ Write-TestRecord Error \"e$({Value(1, place)})\" -ErrorAction Stop }} catch {{ \"c$?\" }}",
    } + "\n\"q$?\"";

    private string Failure(Place place) => Pick(12) switch
    {
        0 => $"throw \"t$({Value(1, place)})\"",
        1 => $"{Value(1, place)} % 0",
        2 => "await $T.Fail('f')",
        3 => "await $T.FailNow('f')",
        4 => "$a = (await $T.Fail('f')) + 1",
        5 => "throw [System.IO.InvalidDataException] 'i'",
        6 => "nosuch",
        7 => "$null.Foo()",
        8 => "[int]::Parse('x')",
        9 => "Invoke-TestFailure",
        10 => "Write-TestRecord Error 'e' -ErrorAction Stop",
        _ => "throw",
    };

    private string Leave(Place place) => place.IsFinally ? Value(0, place) : Pick(7) switch
    {
        0 => "return",
        1 => $"return {Value(1, place)}",
        2 => $"return {Awaited(place)}",
        3 when place.Loops.Count == 0 => "exit",
        _ when place.Loops.Count == 0 => "return",
        var way => $"{(way % 2 == 0 ? "break" : "continue")} {Any(["", .. place.Loops])}",
    };

    private string If(int depth, Place place) => $"if ({Condition(place)}) {Block(depth, place)}" + Pick(3) switch
    {
        0 => string.Empty,
        1 => $" else {Block(depth, place)}",
        _ => $" elseif ({Condition(place)}) {Block(depth, place)}",
    };

    private string Block(int depth, Place place, string first = "") => $"{{\n{first}{Statements(depth, place)}\n}}";

    private string Loop(int depth, Place place)
    {
        var i = $"$i{_loops}";
        var label = $"l{_loops++}";
        var inside = place.In(label);
        return Pick(8) switch
        {
            0 => $":{label} for ({i} = 0; {i} -lt {Pick(4)}; {i}++) {Block(depth, inside)}",
            1 => $":{label} foreach ({i} in {Awaited(place)}) {Block(depth, inside)}\n{i}",
            2 => $":{label} foreach ({i} in await $T.Items({Pick(4)})) {Block(depth, inside, i + "\n")}",
            3 => $":{label} foreach ({i} in 1, {Value(1, place)}, $l[0]) {Block(depth, inside, i + "\n")}",
            4 => $"{i} = 0\n:{label} while ((await $T.Soon({i})) -lt 3) {Block(depth, inside, i + "++\n")}",
            5 => $"{i} = 0\n:{label} do {Block(depth, inside, i + "++\n")} while ((await $T.Now({i})) -lt 3)",
            6 => $"{i} = 0\n:{label} do {Block(depth, inside, i + "++\n")} until ({i} -ge 2)",
            _ => $":{label} for ({i} = await $T.Soon(0); {i} -lt (await $T.Now(4)); {i} += await $T.Soon(2)) {Block(depth, inside)}",
        };
    }

    private string Switch(int depth, Place place)
    {
        var label = $"s{_loops++}";
        var inside = place.In(label);
        var value = Pick(4) switch { 0 => Value(1, place), 1 => Awaited(place), 2 => "1, 2, 3", _ => "$l" };
        return $":{label} switch ({value}) {{\n1 {Block(depth, inside)}\n{{ $_ -gt 2 }} {Block(depth, inside, "\"s$_\"\n")}\n{Any("default { \"d$_\" }", "2 { 'two' }")}\n}}";
    }

    private string Try(int depth, Place place)
    {
        var body = Block(depth, place);
        var way = Pick(6);

        // In a finally block behind a catch for all PowerShell's compiler takes a caller's variable for the function's own when
        // the ends of the blocks before it have set it, also when these were left before they did. It is null then.
        var own = way == 1 && place.IsFunction ? "$a = $a; $b = $b; $c = $c; $h = $h; $s = $s\n" : string.Empty;
        return $"{own}try {body}{Clauses(way, depth, place)}";
    }

    private string Clauses(int way, int depth, Place place) => way switch
    {
        0 => $" finally {Block(depth, place with { IsFinally = true })}",
        1 => $" catch {Block(depth, place, "\"c$_\"\n")} finally {Block(depth, place with { IsFinally = true })}",
        2 => $" catch [System.IO.InvalidDataException] {Block(depth, place, "\"i$_\"\n")} catch {Block(depth, place, "\"c$_\"\n")}",
        3 => $" catch [System.IO.InvalidDataException] {Block(depth, place, "\"i$_\"\n")}",
        4 => $" catch {{\n{Statements(depth, place)}\nthrow\n}}",
        _ => $" catch {Block(depth, place, "\"c$_ $($_.InvocationInfo.ScriptLineNumber)\"\n")}",
    };

    private string Trap(int depth, Place place) =>
        $"if ($true) {{\ntrap {Any("", "[System.IO.InvalidDataException] ")}{{\n\"t$_\"\n{Simple(place with { Loops = [] })}\n{Any("continue", "break", place.IsFinally ? "continue" : "return 5", "$a = 8")}\n}}\n{Statements(depth, place)}\n}}";

    private string AsValue(int depth, Place place)
    {
        var name = Name();
        return Pick(6) switch
        {
            0 => $"$(\n{Statements(depth, place)}\n)",
            1 => $"${name} = @(\n{Statements(depth, place)}\n)\n\"${name}\"; ${name} = 1",
            2 => $"${name} = if ({Condition(place)}) {Block(depth, place)}\n\"${name}\"; ${name} = 1",
            3 => $"\"<$(\n{Statements(depth, place)}\n)>\"",
            4 => $"${name} = try {Block(depth, place)}{Clauses(2 + Pick(4), depth, place)}{Any(string.Empty, " finally { 'fin' }")}\n\"${name}\"; ${name} = 1",
            _ => $"${name} = foreach ($v in 1..2) {Block(depth, place)}\n\"${name}\"; ${name} = 1",
        };
    }

    private string Condition(Place place) => Pick(7) switch
    {
        0 => $"{Value(1, place)} -gt {Pick(5)}",
        1 => $"{Value(1, place)} % 2 -eq 0",
        2 => $"{Value(1, place)} -gt 2 -and ${Name()} -lt 9",
        3 => "await $T.Soon($true)",
        4 => "await $T.Now($false)",
        5 => "-not (await $T.Soon($false))",
        _ => "$true",
    };

    private string Name() => Any("a", "b", "c");

    private string Text(Place place) => $"\"x$({Value(1, place)}) $b $({Value(1, place)}){{0}}\"";

    /// <summary>An <c>await</c> as it stands in a statement.</summary>
    private string Awaited(Place place) => Pick(8) switch
    {
        <= 2 => $"await $T.Soon({Value(1, place)})",
        <= 4 => $"await $T.Now({Value(1, place)})",
        5 => "await $T.Soon((\"$a\", 2))",
        _ when place.CanCall is null => $"await $T.Soon({Value(1, place)})",
        _ => $"await {place.CanCall} {Value(1, place)}",
    };

    private string Value(int depth, Place place) => depth == 0 ? Leaf(place) : Pick(15) switch
    {
        <= 2 => Leaf(place),
        <= 4 => $"({Value(depth - 1, place)} {Any("+", "-", "*")} {Value(depth - 1, place)})",
        5 => $"$T.Note({Value(depth - 1, place)})",
        <= 7 => $"(await $T.Soon({Value(depth - 1, place)}))",
        8 => $"(await $T.Now({Value(depth - 1, place)}))",
        9 => $"$([void] {Value(depth - 1, place)}; await $T.Soon({Value(depth - 1, place)}))",
        10 => $"[math]::Abs({Value(depth - 1, place)})",
        11 => $"({Value(depth - 1, place)}, {Value(depth - 1, place)}, {Value(depth - 1, place)})[{Pick(3)}]",
        12 => $"$(try {{ {Value(depth - 1, place)} % {Pick(2)} }} catch {{ await $T.Soon(7) }})",
        _ => Any("($a++)", "($b = 7)", "$l[(await $T.Soon(1))]"),
    };

    private string Leaf(Place place) => Any("1", "$a", "$b", "$c", "2", "5", "$h.k", "$l[0]", place.IsFunction ? "$n" : "$a");

    /// <summary>Where in a program a statement stands.</summary>
    /// <param name="IsFunction">True in a function.</param>
    /// <param name="CanCall">A function to call.</param>
    /// <param name="IsFinally">True in a finally block, which cannot be left.</param>
    private sealed record Place(bool IsFunction = false, string? CanCall = null, bool IsFinally = false)
    {
        internal IReadOnlyList<string> Loops { get; init; } = [];

        internal Place In(string label) => this with { Loops = [.. Loops, label] };
    }
}
