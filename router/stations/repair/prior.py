"""What kind of edit repairs a one-bug function how often: the order of the search. Data measured on three sets of such
functions (docs/repair.md); and the families of names that people mix up."""

from collections.abc import Mapping

TIER_WEIGHT = (1.0, 0.6, 0.3, 0.1, 0.03)

TIERS: Mapping[str, int] = {
    kind: tier
    for tier, kinds in enumerate(
        (
            "compare_boundary bool_constant near_attribute negate_compare and_or flip_compare negate_condition"
            " drop_not drop_operand swap_arguments swap_operands constant_shift mutable_default shared_rows"
            " literal_identity drop_minus time_unit format_spec regex copy_shared sort_key"
            " pass_argument unused_name expected_text brackets missing_initial late_binding own_instance outer_name"
            " error_guard date_format",
            "expression_shift reassociate swap_bodies unwrap_call near_method arithmetic augmented_operator"
            " return_wrap other_name break_continue dedent_last missing_return range_start slice_bound swap_branches"
            " reverse_keyword swap_elements leave_branch count_per_key iterate_copy missing_value key_part string_text"
            " repeat_statement enumerate_start"
            " unused_part expected_number self_attribute other_attribute if_while ceiling merge_order missing_default"
            " call_base wrap_own",
            "comprehension_filter other_compare other_constant statement_swap statement_delete assign_augment min_max"
            " insert_append near_function elif_if drop_argument get_default other_exception string_cleanup"
            " negate_return return_name reset_move indent_next factor_shift move_out move_in caught_too split_argument"
            " convert_value round_digits sort_key_part"
            " other_function other_global other_type condition_elsewhere guard_elsewhere statement_move prefix_call"
            " sort_value sized_value string_family usual_number",
            "scale negate expression_elsewhere slice_wrap copy_value expression_combine loop_guard or_default",
            "guard remove_if extend_condition insert_copy",
        )
    )
    for kind in kinds.split()
}
"""kind -> tier, 0 first."""

METHOD_FAMILIES = (
    ("append", "extend", "add", "update", "insert", "appendleft"),
    ("pop", "popleft", "popitem", "remove", "discard", "clear"),
    ("strip", "lstrip", "rstrip"),
    ("removeprefix", "removesuffix"),
    ("lower", "upper", "casefold", "title", "capitalize", "swapcase"),
    ("startswith", "endswith"),
    ("isdigit", "isalpha", "isalnum", "isnumeric", "isspace", "isupper", "islower", "isdecimal"),
    ("keys", "values", "items"),
    ("find", "rfind", "index", "rindex"),
    ("split", "rsplit", "splitlines", "partition", "rpartition"),
    ("ljust", "rjust", "center", "zfill"),
    ("get", "pop", "setdefault"),
    ("union", "intersection", "difference", "symmetric_difference"),
    ("issubset", "issuperset", "isdisjoint"),
    ("match", "search", "fullmatch", "findall"),
    ("ceil", "floor", "trunc"),
    ("sort", "reverse"),
    ("copy", "deepcopy"),
    ("count", "index"),
    ("get", "setdefault"),
    ("update", "setdefault"),
    ("strip", "removeprefix", "removesuffix"),
    ("any", "all"),
    ("group", "groups"),
    ("days", "seconds", "microseconds"),
    ("year", "month", "day"),
    ("hour", "minute", "second"),
    ("weekday", "isoweekday"),
    ("rjust", "zfill"),
    ("lstrip", "removeprefix"),
    ("rstrip", "removesuffix"),
    ("name", "stem", "suffix"),
    ("name", "parent"),
    ("basename", "dirname"),
    ("dumps", "dump"),
    ("loads", "load"),
    ("hexdigest", "digest"),
    ("isoformat", "strftime"),
    ("date", "time"),
    ("days", "hours", "minutes", "weeks"),
    ("popleft", "popitem"),
    ("key", "value"),
    ("netloc", "hostname", "path"),
    ("readline", "readlines", "read"),
    ("encode", "decode"),
    ("most_common", "elements", "items"),
    ("before", "after"),
    ("lower", "upper"),
    ("low", "high"),
    ("top", "bottom"),
    ("width", "height"),
    ("left", "right"),
    ("first", "last"),
    ("head", "tail"),
    ("start", "end", "stop"),
    ("min", "max"),
    ("next", "prev", "previous"),
    ("row", "col", "column"),
    ("x", "y"),
)
FUNCTION_FAMILIES = (
    ("min", "max"),
    ("any", "all"),
    ("floor", "ceil", "round", "int", "trunc"),
    ("int", "float", "str", "bool"),
    ("str", "repr"),
    ("list", "dict"),
    ("list", "set", "tuple", "sorted", "reversed", "dict"),
    ("sum", "len", "max", "min"),
    ("isinstance", "issubclass"),
    ("bisect_left", "bisect_right"),
    ("heappush", "heappop", "heapify"),
    ("combinations", "permutations", "product", "combinations_with_replacement"),
    ("zip", "zip_longest", "enumerate"),
    ("filter", "map"),
    ("deepcopy", "copy"),
    ("islice", "takewhile", "dropwhile"),
    ("defaultdict", "dict", "Counter", "OrderedDict"),
    ("sum", "prod"),
    ("quote", "quote_plus", "unquote"),
    ("nlargest", "nsmallest"),
    ("mean", "median", "mode"),
    ("abs", "round"),
)
STRING_FAMILIES = (
    ("utf-8", "ascii", "latin-1", "utf-8-sig"),
    ("strict", "ignore", "replace"),
    ("r", "w", "a"),
    ("asc", "desc"),
    ("left", "right"),
    ("start", "end"),
    ("first", "last"),
    ("min", "max"),
    ("true", "false"),
    ("yes", "no"),
    ("AM", "PM"),
    ("am", "pm"),
    ("<", ">"),
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("+", "-"),
)
DATE_DIRECTIVES = ("mMbB", "yYG", "HI", "dj", "SMf", "aAuw")
"""Letters after a % that are easily mistaken for each other."""
EXCEPTIONS = (
    "ValueError", "TypeError", "KeyError", "IndexError", "AttributeError", "ZeroDivisionError", "LookupError",
    "RuntimeError", "StopIteration", "OSError", "NotImplementedError", "ArithmeticError", "Exception",
)  # fmt: skip
WRAPPERS = ("sorted", "list", "abs", "len", "int", "round", "str", "bool", "set", "tuple", "float", "sum")


def family_members(name: str, families: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The other names of the families that `name` is in."""
    members = (other for family in families if name in family for other in family if other != name)
    return tuple(dict.fromkeys(members))
